"""Looks: each sees one part of the installation within a bounded time and changes nothing; none judges what it sees."""
