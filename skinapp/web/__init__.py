"""The HTML dialect: routes, forms, presenters, headers and error pages.  Loads no torch."""
