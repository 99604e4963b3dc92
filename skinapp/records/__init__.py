"""Where cases are kept.  SQLAlchemy lives only here; domain objects go in and come out."""
