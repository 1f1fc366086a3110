"""The few values that a column of a long table has; refuses to know what they mean."""

from .database import Database

__all__ = ["distinct"]


def distinct(db: Database, table: str, column: str) -> list[str]:
    """Each value of a column that an index begins with, in order, by one look into the index for each of them."""
    rows = db.read(
        f"""
        with recursive found(value) as (
          select min({column}) from {table}
          union all
          select (select min({column}) from {table} where {column} > found.value) from found where value is not null
        )
        select value from found where value is not null
        """  # noqa: S608 - the names are ours
    )
    return [row["value"] for row in rows]
