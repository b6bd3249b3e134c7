"""What goes out and comes in, one model for each documented shape (docs/spec/behaviour/keys-v6.md).

The models are the contract, and all that is said of a response: `jobsvc.api.shapes` renders by them (docs/adr/0014).
"""
