"""The model resource: one engine, five roles behind small protocols."""
