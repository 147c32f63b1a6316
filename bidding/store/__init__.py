"""SQL of sealed bids; every function takes the transaction first, none decides or commits."""
