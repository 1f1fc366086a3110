"""The company of the sandbox: invented people at 555-01xx numbers; refuses to know what happens to them."""

from .world import World

__all__ = ["CUSTOMERS", "MANAGERS", "USERS", "furnish"]

MANAGERS = {
    "CTCmanagercasey00001": ("Casey Rivera", "+19405550190"),
    "CTCmanagermorgan0002": ("Morgan Blake", "+19405550191"),
}
USERS = {
    "USRcasey000000000001": "Casey Rivera",
    "USRmorgan00000000002": "Morgan Blake",
    "USRrobin000000000003": "Robin Tate",
}
CUSTOMERS = {
    "CTCpat00000000000001": ("Pat Ellison", "+19405550141"),
    "CTClee00000000000002": ("Lee Emerson", "+19405550138"),
    "CTCjo000000000000003": ("Jo Everett", "+19405550112"),
    "CTCsam00000000000004": ("Sam Okafor", "+19405550147"),
    "CTCdana0000000000005": ("Dana Whitfield", "+19405550155"),
}


def furnish(world: World) -> None:
    """Move the company in."""
    for contact_id, (name, phone) in (MANAGERS | CUSTOMERS).items():
        world.add_contact(name, phone, contact_id=contact_id)
    for user_id, name in USERS.items():
        world.add_user(name, user_id)
