// Specs
