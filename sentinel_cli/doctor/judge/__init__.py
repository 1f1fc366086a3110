"""Pure: what was seen becomes findings, one module for each part of the installation; no judge looks at anything."""
