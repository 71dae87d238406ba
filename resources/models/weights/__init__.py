"""Where weights come from: packages, folders, hubs, conversions, adapters."""
