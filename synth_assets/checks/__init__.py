"""Checks that can be run at any time on what is published; the gate itself is in `synth_assets.factory.gate`."""
