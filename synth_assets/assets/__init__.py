"""The assets, one file a stage: read what is published, call the methods, audit, publish."""
