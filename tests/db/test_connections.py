"""Connections that somebody has let go of are taken by others only if they are as new."""

from sqlalchemy import text

from jobsvc.db.database import Database


async def test_one_whose_transaction_nobody_could_end_is_not_taken_again(db: Database) -> None:
    async with db.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver
        # As after a ROLLBACK that was broken off: to the pool nothing is open.
        await driver.execute("BEGIN")
    assert driver.is_in_transaction()
    async with db.engine.begin() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
        assert (await connection.get_raw_connection()).driver_connection is not driver
    assert driver.is_closed()
