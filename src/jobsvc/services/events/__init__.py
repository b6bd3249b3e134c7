"""Events: listed, waited for, followed and let go of."""
