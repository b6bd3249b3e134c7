"""What goes out and comes in, one model for each documented shape (docs/spec/behaviour/keys-v3.md#objects).

The models are the contract: tests hold every response to them.
"""
