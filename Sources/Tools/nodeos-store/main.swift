print("nodeos-store")
