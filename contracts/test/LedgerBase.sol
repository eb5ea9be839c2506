// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "../src/Checkpoints.sol";
import {Consents} from "../src/Consents.sol";
import {Directory} from "../src/Directory.sol";
import {Subjects} from "../src/Subjects.sol";
import {IConsents} from "../src/interfaces/IConsents.sol";
import {Base} from "./Base.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @notice The four contracts deployed by a consortium, and a cast: Maria (patient), two hospitals, a relayer.
abstract contract LedgerBase is Base {
    uint48 internal constant START = 1_790_000_000;
    uint48 internal constant YEAR = 365 days;

    address internal council = addressOf("council");
    address internal relayer = addressOf("relayer");
    address internal stranger = addressOf("stranger");
    address internal aldhelm = addressOf("St. Aldhelm Hospital");
    address internal luz = addressOf("Hospital da Luz Nova");
    uint256 internal mariaKey = keyOf("Maria");
    address internal maria = addressOf("Maria");

    AccessManager internal authority;
    Directory internal directory;
    Subjects internal subjects;
    Consents internal consents;
    Checkpoints internal checkpoints;

    function setUp() public virtual {
        vm.warp(START);
        authority = new AccessManager(council);
        directory = new Directory(address(authority));
        subjects = new Subjects();
        consents = new Consents(subjects, directory);
        checkpoints = new Checkpoints(directory);
    }

    /// @notice The council admits a provider.
    function admit(address operator, uint16 jurisdiction) internal returns (uint32) {
        return admitAs(1, operator, jurisdiction);
    }

    /// @notice The council admits an organisation with these roles.
    function admitAs(uint16 roles, address operator, uint16 jurisdiction) internal returns (uint32) {
        vm.prank(council);
        return
            directory.admit(
                roles, jurisdiction, operator, START + YEAR, keccak256("profile"), "https://a.example/profile"
            );
    }

    function rotateDigest(address subject, address newController, uint64 nonce, uint48 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256("Rotate(address subject,address newController,uint64 nonce,uint48 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, subject, newController, nonce, deadline));
        return typedDigest("Anamnesis Subjects", address(subjects), structHash);
    }

    function revokeAllDigest(address subject, uint64 nonce, uint48 deadline) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("RevokeAll(address subject,uint64 nonce,uint48 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, subject, nonce, deadline));
        return typedDigest("Anamnesis Subjects", address(subjects), structHash);
    }

    function revokeManyDigest(address subject, uint24 word, uint256 mask) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("RevokeMany(address subject,uint24 word,uint256 mask)");
        bytes32 structHash = keccak256(abi.encode(typeHash, subject, word, mask));
        return typedDigest("Anamnesis Consents", address(consents), structHash);
    }

    function revokeUnderProxyDigest(bytes32 link, uint32 index) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("RevokeUnderProxy(bytes32 link,uint32 index)");
        return typedDigest("Anamnesis Consents", address(consents), keccak256(abi.encode(typeHash, link, index)));
    }

    function revokeDigest(address subject, uint32 index) internal view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(keccak256("Revoke(address subject,uint32 index)"), subject, index));
        return typedDigest("Anamnesis Consents", address(consents), structHash);
    }
}
