"""What real and painted pictures go through, alike, before they are judged."""
