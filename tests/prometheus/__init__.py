"""The dashboard and the alerts, asked of a real Prometheus that scrapes kubestow."""
