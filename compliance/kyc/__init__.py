"""Who the customer is: identity papers, owners of companies, the risk rating with its working, reviews by date."""
