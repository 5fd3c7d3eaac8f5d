"""What staff look at: the callback queue, customers, responses. Reads only, each within the scope of who looks."""
