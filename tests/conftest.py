"""What all tests share: a random case may take its time, for two cores are shared by whatever else runs."""

from hypothesis import settings

settings.register_profile("sentinel", deadline=None)
settings.load_profile("sentinel")
