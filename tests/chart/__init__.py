"""The Helm chart, the IAM policy and the image, tested with the real helm and API server."""
