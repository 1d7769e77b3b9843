"""Fixed networks that turn pictures into feature maps."""
