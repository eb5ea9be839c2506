// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The cheatcodes of Forge that the tests use.
interface Vm {
    struct Wallet {
        address addr;
        uint256 publicKeyX;
        uint256 publicKeyY;
        uint256 privateKey;
    }

    function accesses(address target) external view returns (bytes32[] memory reads, bytes32[] memory writes);
    function addr(uint256 privateKey) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 id) external;
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function etch(address target, bytes calldata code) external;
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata revertData) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonBytes32Array(string calldata json, string calldata key) external pure returns (bytes32[] memory);
    function parseJsonInt(string calldata json, string calldata key) external pure returns (int256);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function prank(address sender) external;
    function revertToState(uint256 snapshot) external returns (bool);
    function snapshotState() external returns (uint256);
    function parseJsonKeys(string calldata json, string calldata key) external pure returns (string[] memory);
    function parseJsonStringArray(string calldata json, string calldata key) external pure returns (string[] memory);
    function startPrank(address sender) external;
    function stopPrank() external;
    function readFile(string calldata path) external view returns (string memory);
    function exists(string calldata path) external view returns (bool);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function signCompact(uint256 privateKey, bytes32 digest) external pure returns (bytes32 r, bytes32 vs);
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);
    function skip(bool skipTest, string calldata reason) external;
    function toString(uint256 value) external pure returns (string memory);
    function store(address target, bytes32 slot, bytes32 value) external;
    function warp(uint256 time) external;
    function getNonce(address account) external view returns (uint64);
    function getRecordedLogs() external returns (Log[] memory);
    function record() external;
    function recordLogs() external;

    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }
}

/// @notice What every test starts from: cheatcodes, assertions that name what differs, keys by name.
abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice By this Forge knows a test contract.
    bool public constant IS_TEST = true;

    error Different(string what, bytes32 actual, bytes32 expected);
    error DifferentText(string what, string actual, string expected);

    /// @notice A number from `min` to `max`, both possible, made of any number.
    function within(uint256 any, uint256 min, uint256 max) internal pure returns (uint256) {
        return min + any % (max - min + 1);
    }

    /// @notice The private key of a member of the cast.
    function keyOf(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name))) >> 8;
    }

    /// @notice The address of a member of the cast.
    function addressOf(string memory name) internal pure returns (address) {
        return vm.addr(keyOf(name));
    }

    /// @notice A signature of 65 bytes.
    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice A signature of 64 bytes (ERC-2098).
    function signedCompact(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = vm.signCompact(key, digest);
        return abi.encodePacked(r, vs);
    }

    /// @notice The EIP-712 digest of a struct hash, worked out independently of the contracts.
    function typedDigest(string memory name, address verifyingContract, bytes32 structHash)
        internal
        view
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function same(bytes32 actual, bytes32 expected, string memory what) internal pure {
        if (actual != expected) revert Different(what, actual, expected);
    }

    function same(uint256 actual, uint256 expected, string memory what) internal pure {
        same(bytes32(actual), bytes32(expected), what);
    }

    function same(address actual, address expected, string memory what) internal pure {
        same(uint160(actual), uint160(expected), what);
    }

    function same(string memory actual, string memory expected, string memory what) internal pure {
        if (keccak256(bytes(actual)) != keccak256(bytes(expected))) revert DifferentText(what, actual, expected);
    }

    function isTrue(bool condition, string memory what) internal pure {
        same(condition ? 1 : 0, 1, what);
    }

    function isFalse(bool condition, string memory what) internal pure {
        same(condition ? 1 : 0, 0, what);
    }
}
