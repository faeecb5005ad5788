"""The pure scoring engine: no clock, disk, network, randomness, SQL or HTTP."""
