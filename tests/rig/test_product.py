"""The rig for the whole product, on the product itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.rig.product import Product
from tests.rig.run import born
from tests.rig.waiting import wait_until

pytestmark = pytest.mark.journey


def test_the_product_starts_is_spoken_to_comes_back_and_ends(new_product: Callable[..., Product]) -> None:
    product = new_product().start()
    api = product.machine()
    api.put("/api/v1/customers/c1", {"email": "ada@example.test"}).expect(201)
    assert {"web", "relay", "worker:mail"} <= set(product.children())

    killed = product.kill("relay")
    wait_until(lambda: product.children().get("relay", [killed])[0] != killed, 30, what="the relay comes back")

    family = [pid for pids in product.children().values() for pid in pids]
    product.restart()
    assert not [pid for pid in family if born(pid)]
    api = product.machine()
    api.get("/api/v1/customers/c1").expect(200)
    assert product.stop() in {0, 15}
    assert product.data_dir.is_dir()
