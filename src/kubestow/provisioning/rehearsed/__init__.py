"""Plans that kube-scheduler itself can carry out: rehearsed, and changed until none is Pending."""
