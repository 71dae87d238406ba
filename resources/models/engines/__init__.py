"""The engines: each module declares one or more `Implementation` records, or serves those that do."""
