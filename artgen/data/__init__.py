"""A folder of pictures -> tensors: `scan` finds, `decode` reads, `cache` keeps, `sample` streams, `inspect` judges."""
