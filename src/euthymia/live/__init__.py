"""Sessions in real time: a clock, sources of observations, a record that survives a crash, alerts, due times."""
