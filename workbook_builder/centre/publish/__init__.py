"""What the public reads: documents, a volume of them, and a list, from what counts and a review passed."""
