"""A port that is none is refused before anything starts."""

from __future__ import annotations

import pytest

from vocapp.cli import main


@pytest.mark.parametrize("command", ["up", "web"])
@pytest.mark.parametrize("port", ["99999", "65536", "-1", "x", "", "80.5", "9" * 5000, "٨"])
def test_a_port_that_is_none_is_one_clear_line(command: str, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--port", port])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "is no port: a number from 0 to 65535" in err
