"""What runs on other people's machines: bidders, trustees, the agency's duty client."""
