"""The attacks of the privacy report, one file each: they count hits on train and on its control, and judge nothing."""
