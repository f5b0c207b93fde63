"""What a good sales trainer would answer: reply entries as files, their checks, and how they are found."""
