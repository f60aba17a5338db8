"""AWS answers turned into catalog values."""
