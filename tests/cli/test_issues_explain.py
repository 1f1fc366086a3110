"""`sentinel issues explain`: every decision told, and made again from what is stored."""

import pytest

from .installation import Installation
from .stories import STORIES, Story, live


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_it_makes_each_decision_again_and_says_why(bare: Installation, story: Story) -> None:
    live(bare, story)
    ran = bare.run("issues", "explain", str(story.issue), **story.settings)
    missing = [phrase for phrase in story.says if phrase not in ran.out]
    assert (missing, ran.code) == ([], 0), ran.out + ran.err
