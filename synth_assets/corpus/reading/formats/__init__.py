"""The file formats that can be read, one module each. Adding a format is adding its module."""
