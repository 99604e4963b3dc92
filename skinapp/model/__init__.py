"""Models that know how to be used: card, network, preprocessing, classifier."""
