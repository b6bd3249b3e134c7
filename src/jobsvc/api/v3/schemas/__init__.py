"""What goes out and comes in, one model for each documented shape (documents 000, 002 and 004; behaviour.md, section 9.4).

The models are the contract: tests hold every response to them.
"""
