"""TEI's JSON on the wire: reading bodies as serde does, writing numbers and answers as it does."""
