"""Speed and size, each figure as a ratio to a floor measured in the same run (`make bench`)."""
