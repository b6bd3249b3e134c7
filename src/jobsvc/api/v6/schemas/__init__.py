"""What goes out and comes in, one model for each documented shape (documents 001 and 003; behaviour.md, section 9).

The models are the contract: tests hold every response to them. The bytes are made by `render`.
"""
