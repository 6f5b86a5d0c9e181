"""Health for people and robots, and figures for Prometheus."""
