"""What another masking policy would change."""
