"""Pictures that stand still: files, sheets, what is printed."""
