"""What goes out and comes in, one model for each documented shape (docs/spec/behaviour/keys-v6.md).

The models are the contract: tests hold every response to them. The bytes are made by `render`.
"""
