"""What the assets use: Dagster resources and the engines behind them.

This package never imports `synth_assets`; a test holds the direction.
"""
