"""What people look at: the sidebar, the demo window, sign-in and health."""
