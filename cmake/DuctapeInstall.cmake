# Installed and exported targets.
