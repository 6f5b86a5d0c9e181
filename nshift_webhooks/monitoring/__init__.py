"""What monitoring is told: health for people and robots, figures for Prometheus."""
